-- R5, R7: answered waits, in the order of the replies, the wait for anybody first. They belong to the author of the reply and its day,
-- with everything as it was then.
CREATE TABLE oracle_replies ENGINE = MergeTree ORDER BY (company, conversation_id, reply_no) AS
WITH (c, team, since, until) -> joinGet('oracle_clock', 'business', toString(c), toString(team), until) - joinGet('oracle_clock', 'business', toString(c), toString(team), since) AS business
SELECT
    company, conversation_id,
    row_number() OVER (PARTITION BY company, conversation_id ORDER BY n, wait.1) AS reply_no,
    episode_no, if(episode_no = 1 AND NOT had_life, 'new', 'reopened') AS kind,
    wait.1 AS waits_for, if(wait.3 = 0, 'first', 'next') AS stage,
    wait.2 AS waiting_since, at AS replied_at, at - wait.2 AS reply_ms, business(company, team_now, wait.2, at) AS reply_business_ms, company_day, hour_start,
    agent_id AS responder, if(is_human, 'human', 'ai') AS responder_kind, team_now AS team, queue_now AS queue, priority_now AS priority,
    first_channel AS channel, channels_now AS channels, tags_now AS tags
FROM oracle_waits
ARRAY JOIN [('any', if(answers, waiting_since_any, 0), replies_before), ('human', if(answers_human, waiting_since_human, 0), human_replies_before)] AS wait
WHERE episode_no > 0 AND wait.2 > 0;
