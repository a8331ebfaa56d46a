import Testing

/// A shop's orders, an application that never stops writing them, and an audit that misses nothing.
///
/// The audit knows the migration by its `application_name` only, so it sees what any trigger of an operator would see.
struct ShopDatabase {
    let server: PostgresServer
    let initialRows: Int

    /// Replaces whatever the database holds.
    init(on server: PostgresServer, rows initialRows: Int) throws {
        self.server = server
        self.initialRows = initialRows
        try server.execute(
            """
            DROP SCHEMA public CASCADE;
            CREATE SCHEMA public;
            CREATE TABLE orders (
              id bigserial PRIMARY KEY, customer text NOT NULL, total integer NOT NULL DEFAULT 7);
            INSERT INTO orders (customer, total) SELECT 'customer ' || n, n % 1000
              FROM generate_series(1, \(initialRows)) AS n;

            CREATE TABLE audit (
              seq bigserial PRIMARY KEY, id bigint NOT NULL, operation text NOT NULL, by_migration boolean NOT NULL,
              total bigint, is_filling boolean NOT NULL, transaction xid NOT NULL DEFAULT pg_current_xact_id()::xid);
            -- By name, through JSON: the columns of the table change under this function.
            CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
              DECLARE
                before jsonb := CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
                after jsonb := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
              BEGIN
                INSERT INTO audit (id, operation, by_migration, total, is_filling)
                  VALUES (coalesce(after->>'id', before->>'id')::bigint, TG_OP,
                          current_setting('application_name') LIKE 'workflow %', (after->>'total')::bigint,
                          before->>'total_next' IS NULL AND after->>'total_next' IS NOT NULL);
                RETURN NULL;
              END $$;
            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION audit();
            CREATE VIEW expected AS
              SELECT DISTINCT ON (id) id, total FROM (
                SELECT n AS id, n % 1000 AS total, 0 AS seq FROM generate_series(1, \(initialRows)) AS n
                UNION ALL SELECT id, total, seq FROM audit WHERE NOT by_migration) AS writes
              ORDER BY id, seq DESC;
            """)
    }

    /// The application: two connections with prepared statements, a hundred transactions a second, until it is ended.
    /// It knows `total` and nothing of a migration.
    func startApplication(script: String, seed: UInt64) throws -> Started {
        try server.client(
            "pgbench",
            [
                "-n", "-M", "prepared", "-c", "2", "-R", "100", "-T", "600", "--random-seed=\(seed % 1_000_000)", "-f",
                script,
            ])
    }

    var applicationScript: String {
        """
        \\set id random(1, \(initialRows))
        \\set amount random(1, 1000000)
        UPDATE orders SET total = :amount WHERE id = :id;
        INSERT INTO orders (customer, total) VALUES ('new', :amount);

        """
    }

    /// That no row is lost or written twice, as the audit tells.
    func checkRows(_ comment: Comment) throws {
        // What the application wrote last, or the row was loaded with, is what is there; and nothing else is.
        #expect(
            try server.rows(
                """
                SELECT coalesce(o.id, e.id), o.total, e.total FROM orders o FULL JOIN expected e USING (id)
                WHERE o.total IS DISTINCT FROM e.total LIMIT 10
                """) == [], comment)
        #expect(try server.rows("SELECT count(*) FROM audit WHERE operation = 'DELETE'") == ["0"], comment)
        // The backfill wrote no row twice, and each row that it answers for was filled exactly once, by it or by the
        // application. It answers for the keys up to the one that was the last when it began.
        #expect(
            try server.rows(
                "SELECT id, count(*) FROM audit WHERE by_migration GROUP BY id HAVING count(*) > 1 LIMIT 10")
                == [], comment)
        #expect(
            try server.rows(
                """
                SELECT o.id, count(a.id) FROM orders o LEFT JOIN audit a ON a.id = o.id AND a.is_filling
                WHERE o.id <= (SELECT max(until_key) FROM workflow_backfills)
                GROUP BY o.id HAVING count(a.id) <> 1 LIMIT 10
                """) == [], comment)
        // Every write of the migration filled a row, and its own count of them, kept beside its position, is the
        // audit's.
        #expect(
            try server.rows("SELECT count(*) FROM audit WHERE by_migration AND NOT is_filling") == ["0"], comment)
        #expect(
            try server.rows(
                """
                SELECT count(*), bool_and(is_done), sum(rows_written) = (SELECT count(*) FROM audit WHERE by_migration)
                FROM workflow_backfills
                """) == ["1|t|t"], comment)
    }

    /// That the position was committed with the rows it stands for: of the last batch, both carry one transaction's
    /// number. Only for a table that no application writes, whose last batch therefore has something to write.
    func checkPosition(_ comment: Comment) throws {
        #expect(
            try server.rows(
                """
                SELECT xmin = (SELECT transaction FROM audit WHERE by_migration ORDER BY seq DESC LIMIT 1)
                FROM workflow_backfills
                """) == ["t"], comment)
    }

    /// That the old column is gone with everything that the migration needed, and each change was made once.
    func checkSchema(_ comment: Comment) throws {
        #expect(
            try server.rows(
                """
                SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
                FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped AND attname LIKE 'total%'
                """) == ["total|bigint|t|7"], comment)
        #expect(
            try server.rows("SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders'::regclass") == ["audit"], comment)
        #expect(try server.rows("SELECT proname FROM pg_proc WHERE proname LIKE '%workflow%'") == [], comment)
        #expect(
            try server.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass") == ["orders_pkey"],
            comment)
        #expect(
            try server.rows("SELECT step FROM workflow_migrations ORDER BY done_at") == [
                "expand", "switch", "contract",
            ],
            comment)
    }
}
