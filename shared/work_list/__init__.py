"""Work lists kept per partition beside the data, and read as one: sorted, with a cursor, narrowed to a group (a desk).

row.py     what a service writes for one thing to do
reading.py pages over all partitions
"""
