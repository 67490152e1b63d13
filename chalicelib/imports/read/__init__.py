"""Reads CSV and XLSX files as tables of texts and refuses malicious ones.

Only `imports` may import it; it does not know our columns.
"""
