using System.Text;
using PgSplit.Control;
using PgSplit.Pg;
using YamlDotNet.Core;

namespace PgSplit.Mapping;

/// <summary>Which tables of one source go to which databases. Read whole or not at all: <see cref="Parse"/> names everything that is wrong at once.</summary>
sealed record Map
{
    /// <summary>As given, for messages.</summary>
    public required string Path { get; init; }
    public required PgAddress Source { get; init; }
    public required int SourceLine { get; init; }
    public required IReadOnlyList<MapService> Services { get; init; }

    /// <summary>Tables that stay, by name or pattern.</summary>
    public required IReadOnlyList<TablePattern> Ignore { get; init; }

    /// <summary>What is allowed and unwise, as a password in the file.</summary>
    public required IReadOnlyList<MapWarning> Warnings { get; init; }

    /// <exception cref="PgSplitException">There is no such file, or <see cref="Parse"/> refuses it.</exception>
    public static Map Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path, Encoding.UTF8), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PgSplitException(ExitCode.BadInput, $"there is no map {path}", $"pgsplit map --from postgres://… > {path}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PgSplitException(ExitCode.BadInput, $"the map {path} can't be read: {e.Message}", cause: e);
        }
    }

    /// <exception cref="PgSplitException">The map is wrong; the message has one line, <c>path:line: what</c>, for each thing.</exception>
    public static Map Parse(string text, string path)
    {
        try
        {
            return new MapReader(path).Read(YamlNode.Read(text));
        }
        catch (YamlException e)
        {
            throw new PgSplitException(ExitCode.BadInput, $"{path}:{e.Start.Line}: {FirstLine(e.InnerException?.Message ?? e.Message)}", cause: e);
        }
    }

    /// <summary>The move of one service; of the only one where no name is given.</summary>
    /// <exception cref="PgSplitException">The map has no such service, or several and none is named.</exception>
    public MoveDefinition Service(string? name = null) => ServiceOf(name).Move;

    internal MapService ServiceOf(string? name)
    {
        var names = string.Join(", ", Services.Select(s => s.Name));
        if (name is null)
        {
            return Services.Count == 1
                ? Services[0]
                : throw new PgSplitException(ExitCode.BadInput, $"{Path} has {Services.Count} services and none was named", $"name one: {names}");
        }

        return Services.FirstOrDefault(s => s.Name == name)
            ?? throw new PgSplitException(ExitCode.BadInput, $"{Path} has no service {name}", $"it has: {names}");
    }

    static string FirstLine(string message) => message.Split('\n')[0].Trim();
}

/// <summary>A service of a map with the lines on which it says things.</summary>
sealed record MapService(string Name, int Line, MoveDefinition Move, IReadOnlyDictionary<QualifiedName, int> TableLines);

/// <summary>Something unwise in a map.</summary>
sealed record MapWarning(int Line, string What, string Remedy);
