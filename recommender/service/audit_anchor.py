"""Takes the head of the audit chain outside the database after each turn, where the configuration says so."""

from typing import Any

import structlog

from recommender.errors import JournalError
from recommender.journal.audit_anchor import send_anchor, write_anchor
from recommender.service.service_journal import ServiceJournal
from recommender.settings.automation import AuditSettings


class AuditAnchor:
    """Remembers the head that was written last."""

    def __init__(self, journal: ServiceJournal) -> None:
        self._journal, self._anchored = journal, ""

    def look(self, audit: AuditSettings) -> None:
        """Write the head if it is a new one; what fails is told and tried again after the next turn."""
        if audit.anchor_file is None and not audit.syslog:
            return
        try:
            head = self._journal.audit.head()
            if head is None or head.hash == self._anchored:
                return
            if audit.anchor_file is not None:
                write_anchor(audit.anchor_file, head)
            if audit.syslog:
                send_anchor(head)
            self._anchored = head.hash
        except JournalError as error:
            log: Any = structlog.get_logger()
            log.error("the audit was not anchored", error=str(error))
