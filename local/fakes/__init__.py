"""The providers that answers are sent through, played on loopback: each module checks what it gets as the real one would."""
