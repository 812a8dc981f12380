"""Work for people: cases with a reason, an assignee, a due date, a timeline and a decision.

Owns: whatever a rule leaves to a person to decide.
Opened by staff and by the rooms above; never decides by itself."""
