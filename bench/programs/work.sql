-- A table, an index, joins and groups, all in memory.
CREATE TABLE item(id INTEGER PRIMARY KEY, kind INTEGER, name TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO item SELECT i, (i * 7919) % 97, printf('%08x', (i * 2654435761) & 4294967295) FROM n;
CREATE INDEX by_name ON item(name);
SELECT kind, count(*), min(name), max(name) FROM item GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 3;
SELECT count(*) FROM item a JOIN item b ON b.name = a.name WHERE a.kind = 5;
SELECT sum(length(replace(name, '0', ''))) FROM item WHERE name LIKE '%a%';
