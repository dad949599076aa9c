"""The same run on Spark: standardisation, comparison and clustering where one machine's memory does not suffice."""
