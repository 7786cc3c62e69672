"""What bills tell when they are put beside each other and beside the meter. Pure functions over statements."""
