-- R1, R11: the events of each conversation in order, each once.
--
-- The table events holds one body of each event id (FINAL: that with the smaller content hash). Of several events about one message
-- and transition the first in order stays. The order is time, sequence, rank, and the first 64 bits of the SHA-256 of the event id.
CREATE TABLE oracle_events ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH
told AS
(
    SELECT
        company, conversation_id, event_id, type, toUnixTimestamp64Milli(occurred_at) AS at, sequence,
        multiIf(type = 'status', 2, author_kind = 'customer', 0, 1) AS rank,
        reinterpretAsUInt64(reverse(substring(SHA256(event_id), 1, 8))) AS tie,
        multiIf(type = 'message', concat('message ', message_id), status = 'delivery_updated', concat(delivery, ' ', message_id), concat('event ', event_id)) AS transition,
        channel, message_id, direction, author_kind, agent_id, customer_id, visibility, kind, delivery,
        status, owner_id, owner_kind, team_id, queue, tag, reason, priority, tier
    FROM events FINAL
    WHERE type IN ('message', 'status')
)
SELECT * EXCEPT nth, row_number() OVER (PARTITION BY company, conversation_id ORDER BY at, sequence, rank, tie) AS n
FROM
(
    SELECT *, row_number() OVER (PARTITION BY company, conversation_id, transition ORDER BY at, sequence, rank, tie) AS nth
    FROM told
)
WHERE nth = 1;
