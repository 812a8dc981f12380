"""What staff do with policies: load the shipped ones, draft, submit, approve."""
