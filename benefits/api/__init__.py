"""Hospitals send claims; agencies read alerts and answer them."""
