using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>Maps over a <see cref="DatabasePair"/>, whose addresses have passwords that no text of a map may show.</summary>
static class Maps
{
    /// <summary>One service, <c>x</c>, that moves these tables; all others stay.</summary>
    public static Map Of(DatabasePair pair, params string[] tables) => Of(pair.Source.Address, pair.Target.Address, ["*"], tables);

    public static Map Of(PgAddress source, PgAddress target, string[] ignore, params string[] tables)
    {
        var lines = tables.Select((t, i) => (Name: Parse(t), Line: i + 6)).ToDictionary(t => t.Name, t => t.Line);
        var move = new MoveDefinition { Id = "x", Source = source, Target = target, Tables = [.. lines.Keys] };
        return new Map
        {
            Path = "map.yaml",
            Source = source,
            SourceLine = 1,
            Services = [new MapService("x", 3, move, lines)],
            Ignore = [.. ignore.Select(i => new TablePattern(i, 20))],
            Warnings = [],
        };
    }

    static QualifiedName Parse(string text)
    {
        TableName.TryParse(text, out var name).ShouldBeTrue();
        return name;
    }
}
