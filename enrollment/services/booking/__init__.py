"""Book money: rows in, accounts moved, payments written. `enrollment.services.payments` is the way in."""
