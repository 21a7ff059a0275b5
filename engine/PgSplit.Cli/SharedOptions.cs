using System.CommandLine;
using PgSplit.Control;
using PgSplit.Mapping;

namespace PgSplit.Cli;

/// <summary>What verbs have in common: <c>pgsplit VERB [map.yaml] [service]</c>, <c>--json</c>, <c>--verbose</c>.</summary>
internal static class SharedOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "For programs: one JSON document on standard output, errors as JSON too", Recursive = true };

    public static readonly Option<bool> Verbose = new("--verbose") { Description = "With a failure, where in the program it happened", Recursive = true };

    /// <summary>For tests, and for whom plan's reasons are known and accepted.</summary>
    public static readonly Option<bool> SkipPlan = new("--skip-plan") { Description = "Don't ask plan first" };

    /// <summary>A command that takes a map, and a service of it where the map has several.</summary>
    public static Command ForMap(string verb, string description) => new(verb, description) { MapFile, Service };

    public static readonly Argument<string> MapFile = new("map")
    {
        Description = "The map",
        DefaultValueFactory = _ => "map.yaml",
    };

    public static readonly Argument<string?> Service = new("service")
    {
        Description = "A service of the map; not needed where it has only one",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Map Map(ParseResult parsed) => Mapping.Map.Read(parsed.GetValue(MapFile)!);

    /// <summary>The move that the arguments name.</summary>
    public static MoveDefinition Move(ParseResult parsed) => Map(parsed).Service(parsed.GetValue(Service));
}
