using PgSplit.Control;
using PgSplit.Fencing;
using PgSplit.Pg;

namespace PgSplit.Tests.Zoo;

/// <summary>A source whose tables <c>moving</c> and <c>rooted</c> are guarded, and which has others beside them.</summary>
public sealed class GuardedSource : IAsyncLifetime
{
    const string Schema =
        """
        CREATE TYPE mood AS ENUM ('calm');
        CREATE DOMAIN label AS text;
        CREATE TABLE moving (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text DEFAULT 'x', b int CHECK (b > 0), m mood, l label);
        CREATE INDEX moving_a ON moving (a);
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER watched AFTER INSERT ON moving EXECUTE FUNCTION nothing();
        CREATE TABLE rooted (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE rooted_1 PARTITION OF rooted FOR VALUES FROM (1) TO (10);
        CREATE TABLE outside (id int, a text DEFAULT 'x');
        CREATE TABLE outside_part (id int NOT NULL PRIMARY KEY);
        """;

    internal ZooPair Zoo { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Zoo = await MakeAsync();

    public ValueTask DisposeAsync() => Zoo.DisposeAsync();

    internal static async Task<ZooPair> MakeAsync()
    {
        var zoo = await ZooPair.CreateAsync(Schema);
        await using var schema = typeof(MoveDefinition).Assembly.GetManifestResourceStream("PgSplit.Control.Schema.sql")!;
        await zoo.Source.ExecuteAsync(await new StreamReader(schema).ReadToEndAsync(), CancellationToken.None);
        (await Guard.InstallAsync(zoo.Source, ZooPair.Move, zoo.Set, CancellationToken.None)).ShouldBe(GuardMode.Refusing);
        return zoo;
    }
}
