using System.Globalization;
using System.Text.RegularExpressions;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Mapping;

/// <summary>From the tree of a map to a <see cref="Map"/>. Goes on after an error, so that all are told at once.</summary>
sealed partial class MapReader(string path)
{
    readonly List<(int Line, string Message)> _errors = [];
    readonly List<MapWarning> _warnings = [];
    readonly Dictionary<QualifiedName, (string Service, int Line)> _places = [];

    public Map Read(YamlNode? tree)
    {
        var root = Section(tree, 1, "the map", MapKeys.Root);
        var source = Required(root, "source", tree?.Line ?? 1, "the map") is { } s ? Address(s, "source") : null;
        var services = new List<MapService>();
        if (Required(root, "services", tree?.Line ?? 1, "the map") is { } all)
        {
            foreach (var (name, node) in Entries(all, "services", "name: { target: …, tables: … }"))
            {
                if (Service(name, node, source) is { } service)
                    services.Add(service);
            }

            if (all is YamlMapping { Entries.Count: 0 })
                Error(all.Line, "services is empty");
        }

        services = Linked(services);
        var ignore = Ignore(root.GetValueOrDefault("ignore"));
        if (_errors.Count > 0)
            throw new PgSplitException(ExitCode.BadInput, string.Join('\n', _errors.OrderBy(e => e.Line).Select(e => $"{path}:{e.Line}: {e.Message}")));
        return new Map
        {
            Path = path,
            Source = source!,
            SourceLine = root["source"].Line,
            Services = services,
            Ignore = ignore,
            Warnings = _warnings,
        };
    }

    MapService? Service(YamlScalar name, YamlNode node, PgAddress? source)
    {
        if (!ServiceName().IsMatch(name.Value))
            Error(name.Line, $"'{name.Value}' is no name for a service: a small letter, then up to 39 small letters, digits and _");
        var section = Section(node, name.Line, $"service {name.Value}", MapKeys.Service);
        var target = Required(section, "target", name.Line, $"service {name.Value}") is { } t ? Address(t, "target") : null;
        var shapes = new Dictionary<QualifiedName, TableShape>();
        var lines = Required(section, "tables", name.Line, $"service {name.Value}") is { } tables ? Tables(tables, name.Value, shapes) : [];
        var first = LockFirst(section.GetValueOrDefault("lock_first"), lines);
        var hooks = Hooks(section.GetValueOrDefault("hooks"));
        var options = Options(section.GetValueOrDefault("options"));
        // Where an address is missing or wrong an error is noted, and the map won't be returned.
        if (source is null || target is null)
            return null;
        var move = new MoveDefinition
        {
            Id = name.Value,
            Source = source,
            Target = target,
            Tables = [.. lines.Keys],
            Shapes = shapes,
            LockFirst = first,
            Hooks = hooks,
            Options = options,
        };
        return new MapService(name.Value, name.Line, move, lines);
    }

    Dictionary<QualifiedName, int> Tables(YamlNode node, string service, Dictionary<QualifiedName, TableShape> shapes)
    {
        var lines = new Dictionary<QualifiedName, int>();
        var named = node switch
        {
            YamlList list => list.Items.Select(item => (Name: Text(item, "the name of a table"), Value: (YamlNode?)null)),
            YamlMapping mapping => mapping.Entries.Select(e => (Name: (YamlScalar?)e.Key, Value: (YamlNode?)e.Value)),
            _ => [],
        };
        if (node is not (YamlList or YamlMapping))
            Error(node.Line, "tables is a list of names");
        else if (node is YamlList { Items.Count: 0 } or YamlMapping { Entries.Count: 0 })
            Error(node.Line, $"service {service} has no tables");
        foreach (var (name, value) in named)
        {
            var shape = value is null or YamlScalar { IsEmpty: true } ? null : Shape(name!, value);
            if (Table(name) is not { } table)
                continue;
            if (_places.TryGetValue(table, out var before))
            {
                Error(name!.Line, before.Service == service
                    ? $"table {table} is named twice, first in line {before.Line}"
                    : $"table {table} is in two services, {service} and {before.Service} (line {before.Line})");
                continue;
            }

            _places[table] = (service, name!.Line);
            lines[table] = name.Line;
            if (shape is { ChangesNothing: false })
                shapes[table] = shape;
        }

        return lines;
    }

    List<QualifiedName> LockFirst(YamlNode? node, Dictionary<QualifiedName, int> tables)
    {
        var first = new List<QualifiedName>();
        foreach (var item in Items(node, "lock_first"))
        {
            if (Table(Text(item, "the name of a table")) is not { } table)
                continue;
            if (!tables.ContainsKey(table))
                Error(item.Line, $"lock_first names {table}, which is no table of this service");
            else if (first.Contains(table))
                Error(item.Line, $"lock_first names {table} twice");
            else
                first.Add(table);
        }

        return first;
    }

    List<TablePattern> Ignore(YamlNode? node)
    {
        var patterns = new List<TablePattern>();
        foreach (var item in Items(node, "ignore"))
        {
            if (Text(item, "the name of a table, or a pattern") is not { } text)
                continue;
            var pattern = new TablePattern(text.Value, text.Line);
            if (!pattern.IsValid)
                Error(text.Line, NoTable(text.Value));
            else if (pattern.Exact is { } exact && _places.TryGetValue(exact, out var place))
                Error(text.Line, $"table {exact} is ignored here and moved by service {place.Service} (line {place.Line})");
            else
                patterns.Add(pattern);
        }

        return patterns;
    }

    List<Hook> Hooks(YamlNode? node)
    {
        var hooks = new List<Hook>();
        foreach (var item in Items(node, "hooks"))
        {
            var section = Section(item, item.Line, "a hook", MapKeys.Hook);
            // A PgBouncer is told at each of them.
            var when = section.ContainsKey("pgbouncer") ? section.GetValueOrDefault("when") : Required(section, "when", item.Line, "a hook");
            var moment = when is null ? null : Moment(when);
            string[] kinds = [.. new[] { "command", "url", "pgbouncer" }.Where(section.ContainsKey)];
            if (kinds.Length != 1)
                Error(item.Line, "a hook has exactly one of command, url and pgbouncer");
            foreach (var key in new[] { "database", "config" })
            {
                if (section.TryGetValue(key, out var alone) && !section.ContainsKey("pgbouncer"))
                    Error(alone.Line, $"{key} goes with pgbouncer only");
            }

            var database = section.GetValueOrDefault("database");
            if (section.TryGetValue("pgbouncer", out var bouncer) && database is null)
                Error(bouncer.Line, "pgbouncer needs database: the name that PgBouncer's clients ask for");
            hooks.Add(new Hook
            {
                When = moment ?? default,
                Command = Text(section.GetValueOrDefault("command"), "a command")?.Value,
                Url = Url(section.GetValueOrDefault("url")),
                PgBouncer = bouncer is null ? null : Address(bouncer, "pgbouncer"),
                PgBouncerDatabase = Text(database, "a name")?.Value,
                PgBouncerConfig = Text(section.GetValueOrDefault("config"), "a file")?.Value,
                Timeout = Duration(section, "timeout") ?? new Hook { When = default }.Timeout,
            });
        }

        return hooks;
    }

    HookMoment? Moment(YamlNode node)
    {
        HookMoment? moment = (node as YamlScalar)?.Value switch
        {
            "pre" => HookMoment.Pre,
            "before-fence" => HookMoment.BeforeFence,
            "after-open" => HookMoment.AfterOpen,
            "aborted" => HookMoment.Aborted,
            _ => null,
        };
        if (moment is null)
            Error(node.Line, "when is one of pre, before-fence, after-open, aborted");
        return moment;
    }

    MoveOptions Options(YamlNode? node)
    {
        if (node is null)
            return new MoveOptions();
        var section = Section(node, node.Line, "options", MapKeys.Options);
        var usual = new MoveOptions();
        return new MoveOptions
        {
            PauseBudget = Duration(section, "pause_budget") ?? usual.PauseBudget,
            Workers = Workers(section) ?? usual.Workers,
            ChunkBytes = Size(section, "chunk_size") ?? usual.ChunkBytes,
            GroupBytes = Size(section, "group_size") ?? usual.GroupBytes,
            WalBudgetBytes = Size(section, "wal_budget") ?? usual.WalBudgetBytes,
            VerificationValidFor = Duration(section, "verification_valid_for") ?? usual.VerificationValidFor,
        };
    }

    int? Workers(Dictionary<string, YamlNode> section)
    {
        if (!section.TryGetValue("workers", out var node))
            return null;
        if (node is YamlScalar { Value: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var workers) && workers is > 0 and <= 64)
            return workers;
        Error(node.Line, "workers is a number from 1 to 64");
        return null;
    }

    long? Size(Dictionary<string, YamlNode> section, string key)
    {
        if (!section.TryGetValue(key, out var node))
            return null;
        if (node is YamlScalar { Value: var text } && Units.TrySize(text, out var bytes))
            return bytes;
        Error(node.Line, $"{key} is a size with its unit (kB, MB, GB, TB), as 256MB");
        return null;
    }

    TimeSpan? Duration(Dictionary<string, YamlNode> section, string key)
    {
        if (!section.TryGetValue(key, out var node))
            return null;
        if (node is YamlScalar { Value: var text } && Units.TryDuration(text, out var duration))
            return duration;
        Error(node.Line, $"{key} is a duration with its unit (ms, s, min, h, d), as 1s or 24h");
        return null;
    }

    Uri? Url(YamlNode? node)
    {
        if (Text(node, "a URL") is not { } text)
            return null;
        if (Uri.TryCreate(text.Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        Error(text.Line, "url is an http:// or https:// URL");
        return null;
    }

    PgAddress? Address(YamlNode node, string key)
    {
        if (Text(node, "an address") is not { } text)
            return null;
        try
        {
            var address = PgAddress.Parse(text.Value);
            if (HasPassword(text.Value))
                _warnings.Add(new MapWarning(text.Line, $"{key} has a password in it, in a file that is copied and shown", "take it out; give it by PGPASSFILE (~/.pgpass), service=NAME or env:NAME"));
            return address;
        }
        catch (PgSplitException e)
        {
            Error(text.Line, $"{key}: {e.Message}{(e.Remedy is null ? "" : "; " + e.Remedy)}");
            return null;
        }
        // Npgsql's settings refuse some values by themselves (a port of 99999), and their messages tell no values.
        catch (ArgumentException e)
        {
            Error(text.Line, $"{key}: {e.Message.Split('\n')[0]}");
            return null;
        }
    }

    static bool HasPassword(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "postgres" or "postgresql"
        && (url.UserInfo.Contains(':', StringComparison.Ordinal) || url.Query.Contains("password=", StringComparison.Ordinal));

    QualifiedName? Table(YamlScalar? text)
    {
        if (text is null)
            return null;
        if (TableName.TryParse(text.Value, out var name))
            return name;
        Error(text.Line, NoTable(text.Value));
        return null;
    }

    static string NoTable(string text) => $"'{text}' is no name of a table: write name, schema.name, or quoted parts as '\"Odd name\"'";

    /// <summary>The entries of a mapping by key; unknown ones are errors, and so are those that are there twice.</summary>
    Dictionary<string, YamlNode> Section(YamlNode? node, int line, string what, string[] known)
    {
        var section = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        if (node is not YamlMapping mapping)
        {
            Error(node?.Line ?? line, known.Length > 0 ? $"{what} has keys: {string.Join(", ", known)}" : $"{what} takes nothing but its name");
            return section;
        }

        foreach (var (key, value) in mapping.Entries)
        {
            if (!known.Contains(key.Value, StringComparer.Ordinal))
            {
                Error(key.Line, Unknown(key.Value, what, known));
                // Read as what was meant, so that the same slip is not told again as something missing.
                if (MapKeys.Nearest(key.Value, known) is { } meant)
                    section.TryAdd(meant, value);
            }
            else if (!section.TryAdd(key.Value, value))
                Error(key.Line, $"{key.Value} is there twice");
        }

        return section;
    }

    static string Unknown(string key, string what, string[] known)
    {
        var near = MapKeys.Nearest(key, known);
        return $"{what} has no key {key}"
            + (near is not null ? $"; did you mean {near}?" : known.Length > 0 ? $"; it has: {string.Join(", ", known)}" : "");
    }

    YamlNode? Required(Dictionary<string, YamlNode> section, string key, int line, string what)
    {
        if (section.TryGetValue(key, out var node) && node is not YamlScalar { IsEmpty: true })
            return node;
        Error(node?.Line ?? line, $"{what} lacks {key}");
        return null;
    }

    IEnumerable<(YamlScalar Key, YamlNode Value)> Entries(YamlNode node, string key, string form)
    {
        if (node is not YamlMapping mapping)
        {
            Error(node.Line, $"{key} is a mapping: {form}");
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            if (seen.Add(entry.Key.Value))
                yield return entry;
            else
                Error(entry.Key.Line, $"{entry.Key.Value} is there twice");
        }
    }

    IReadOnlyList<YamlNode> Items(YamlNode? node, string key)
    {
        switch (node)
        {
            case null or YamlScalar { IsEmpty: true }:
                return [];
            case YamlList list:
                return list.Items;
            default:
                Error(node.Line, $"{key} is a list");
                return [];
        }
    }

    YamlScalar? Text(YamlNode? node, string what)
    {
        if (node is null or YamlScalar { IsEmpty: false })
            return node as YamlScalar;
        Error(node.Line, $"here must be {what}");
        return null;
    }

    void Error(int line, string message) => _errors.Add((line, message));

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}$", RegexOptions.None, 1000)]
    private static partial Regex ServiceName();
}
