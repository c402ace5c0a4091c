-- R6a, R7, R9: what holds of the conversation behind each event, and the company day of the event.
--
-- An assignment leaves what it does not name; a transfer without an owner leaves none; who accepts or takes over owns it; reopening keeps
-- everything. Who leaves the queue is in none.
CREATE TABLE oracle_story ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH
changes AS
(
    SELECT
        *,
        multiIf(status = 'assigned' AND owner_id != '', owner_id, status = 'transferred', owner_id, status IN ('accepted', 'took_over'), agent_id,
            status = 'unassigned', '', NULL) AS named_owner,
        multiIf(named_owner IS NULL, NULL, status IN ('accepted', 'took_over'), 'human', toString(owner_kind)) AS named_owner_kind,
        if(status IN ('assigned', 'transferred', 'handed_off') AND team_id != '', team_id, NULL) AS new_team,
        multiIf(status IN ('assigned', 'transferred', 'handed_off', 'queued') AND queue != '', toString(queue), status = 'dequeued', '', NULL) AS new_queue,
        if(status = 'priority_changed', toString(priority), NULL) AS new_priority,
        if(status IN ('tagged', 'untagged'), (toString(tag), status = 'tagged'), NULL) AS new_tag,
        if(is_counted AND customer_id != '', customer_id, NULL) AS new_customer
    FROM oracle_states
),
-- An AI that hands over owns it no more.
given AS
(
    SELECT
        *,
        anyLast(named_owner_kind) OVER (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS owner_kind_before,
        if(status = 'handed_off' AND owner_kind_before = 'ai', '', named_owner) AS new_owner,
        if(status = 'handed_off' AND owner_kind_before = 'ai', '', named_owner_kind) AS new_owner_kind
    FROM changes
),
held AS
(
    SELECT
        * EXCEPT (new_tag),
        ifNull(anyLast(new_owner) OVER so_far, '') AS owner_now,
        ifNull(anyLast(new_owner_kind) OVER so_far, '') AS owner_kind_now,
        ifNull(anyLast(new_team) OVER so_far, '') AS team_now,
        ifNull(anyLast(new_queue) OVER so_far, '') AS queue_now,
        ifNull(anyLast(new_priority) OVER so_far, '') AS priority_now,
        ifNull(anyLast(new_customer) OVER so_far, '') AS customer_now,
        groupArrayIf((toString(tag), status = 'tagged'), status IN ('tagged', 'untagged')) OVER so_far AS tagging
    FROM given
    WINDOW so_far AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
    h.* EXCEPT (tagging),
    arraySort(arrayFold((tags, change) -> if(change.2, arrayDistinct(arrayPushBack(tags, change.1)), arrayFilter(tag -> tag != change.1, tags)),
        tagging, emptyArrayString())) AS tags_now,
    if(h.at < c.ends, c.company_day, toDate32('1900-01-01')) AS company_day, -- a day without a row in the calendar holds nothing that counts
    toUnixTimestamp64Milli(arrayLast(start -> toUnixTimestamp64Milli(start) <= h.at, c.hour_starts)) AS hour_start
FROM held AS h
ASOF LEFT JOIN
(
    SELECT company, company_day, toUnixTimestamp64Milli(from_utc) AS starts, toUnixTimestamp64Milli(to_utc) AS ends, hour_starts FROM calendar FINAL
) AS c ON c.company = h.company AND c.starts <= h.at;
