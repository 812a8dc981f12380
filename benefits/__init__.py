"""Pay: claims through three layers, the critical illness cap and its incentives, monthly alerts.

Owns: claims, yearly accumulators, incentive states, alerts and the answers to them.
Reads enrollment and hardship; never changes them."""
