"""Yearly billing (年度集中开单): a whole area registered and quoted as a job, people who are alike by one quote."""
