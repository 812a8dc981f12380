"""What every endpoint shares: problems, scopes, answers given once; and the agencies' events."""
