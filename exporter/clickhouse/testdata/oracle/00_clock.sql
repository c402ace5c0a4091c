-- R8: how much business time of its company has passed at the instant of each event, since some moment. The difference of two is the business time between
-- them. Each minute counts in which the local clock shows a time within the hours; without hours all do.
CREATE TABLE oracle_clock ENGINE = Join(ANY, LEFT, company, at) AS
WITH passed AS
(
    SELECT company, minute, is_open, countIf(is_open) OVER (PARTITION BY company ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - is_open AS minutes
    FROM oracle_minutes
)
SELECT e.company AS company, e.at AS at, if(p.company = '', e.at, toInt64(p.minutes * 60000 + if(p.is_open, e.at % 60000, 0))) AS business
FROM (SELECT DISTINCT toString(company) AS company, toUnixTimestamp64Milli(occurred_at) AS at FROM events) AS e
LEFT JOIN passed AS p ON p.company = e.company AND p.minute = intDiv(e.at, 60000);
