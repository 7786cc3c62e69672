"""What is kept: records in SQL, readings in a columnar lake."""
