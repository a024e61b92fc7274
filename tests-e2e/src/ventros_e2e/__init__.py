"""The whole system from outside: demo, benchmark, ledger of what was promised and what is kept."""
