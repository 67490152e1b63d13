"""Judges a run of the black box by its journal alone. It imports the standard library only.

    python -m tests.proof.black_box.auditor <folder>

Exit code 0 and one line of figures if the guarantees of docs/protocol.md and docs/api.md held; else 1 and the
findings, each with the file and line of the journal. Each rule is a function that yields findings.

Kinds of lines:

- a client's file: `client` (who it is), `connecting`, `connected`, `not_connected`, `disconnected`, `broken`,
  `list` (from which cursor the client begins in a channel), `sent`, `received` (a message), `polled` (an answer)
- a person's file: `request`, then `answer`, `no_answer` or `found` (the row had the change already)
- `before`, `order`, `notification`, `delivery`, `customer`, `report`, `not_finished`, `complete`: what REST showed
- `sms`: what a phone received
"""
