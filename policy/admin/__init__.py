"""What every admin page of the house shares: tables, the working of a figure, history in Chinese; policy versions."""
