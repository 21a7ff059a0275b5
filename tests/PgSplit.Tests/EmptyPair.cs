namespace PgSplit.Tests;

/// <summary>One pair for all tests of a class that only look at it, whose source each of them finds empty: two new databases for each take longer than most of them.</summary>
public sealed class EmptyPair : IAsyncLifetime
{
    internal DatabasePair Pair { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Pair = await DatabasePair.CreateAsync();

    /// <summary>As it was made, whatever a test has left there.</summary>
    internal Task EmptySourceAsync() => Pair.OnSourceAsync(
        """
        DO $$
        DECLARE command text;
        BEGIN
            FOR command IN
                SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
                UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
                UNION ALL SELECT format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) FROM pg_foreign_data_wrapper
                UNION ALL SELECT format('SELECT lo_unlink(%s)', oid) FROM pg_largeobject_metadata
            LOOP
                EXECUTE command;
            END LOOP;
        END
        $$;
        DROP SCHEMA public CASCADE;
        CREATE SCHEMA public
        """);

    public ValueTask DisposeAsync() => Pair.DisposeAsync();
}
