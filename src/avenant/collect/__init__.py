"""What a service runs at home on its own records: ``avenant collect``. No Django, no network unless it submits.

The way through, each step in its own module:

1. ``schema``: the canonical extract and its closed lists, read from ``references/collect``;
2. ``proposing`` and ``mapping``: how the columns of any export become the canonical ones;
3. ``identity``: columns about identity are refused before anything is read for good;
4. ``checking``: rows are accepted or listed with their reason, and written as Parquet;
5. ``counting`` and ``profiles``: each countable indicator is one expression over the canonical tables;
6. ``secrecy``: what may leave, with its proof; ``declaration`` and ``report``: what leaves, and what a person reads.

``synthesis`` makes extracts of any size for demonstrations, tests and measures.
"""
