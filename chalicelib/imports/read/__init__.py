"""Reads CSV and XLSX files as tables of texts and refuses hostile ones.

Only `imports` may import it; it knows no column of ours.
"""
