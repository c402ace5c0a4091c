-- R8: how much business time of each team has passed at the instant of each event of its company, since some moment. The difference of two is the business
-- time between them. Each minute counts in which the local clock shows a time within the hours: those of the team, else those of the company, which
-- are also those of no team.
CREATE TABLE oracle_clock ENGINE = Join(ANY, LEFT, company, team, at) AS
WITH
passed AS
(
    SELECT company, team, minute, is_open, countIf(is_open) OVER (PARTITION BY company, team ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - is_open AS minutes
    FROM oracle_minutes
),
instants AS
(
    SELECT DISTINCT toString(company) AS company, toUnixTimestamp64Milli(occurred_at) AS at FROM events
),
named AS
(
    SELECT DISTINCT toString(company) AS company, toString(team_id) AS team, if((company, team) IN (SELECT company, team FROM oracle_minutes), team, '') AS like_team FROM events
)
SELECT i.company AS company, n.team AS team, i.at AS at, toInt64(p.minutes * 60000 + if(p.is_open, i.at % 60000, 0)) AS business
FROM instants AS i
INNER JOIN named AS n ON n.company = i.company
INNER JOIN passed AS p ON p.company = i.company AND p.team = n.like_team AND p.minute = intDiv(i.at, 60000);
