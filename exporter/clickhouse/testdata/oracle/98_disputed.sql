CREATE TABLE oracle_disputed (company String, conversation_id String) ENGINE = Memory;
