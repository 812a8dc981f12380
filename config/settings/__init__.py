"""Settings: base (environment-driven, demo to production) and test."""
