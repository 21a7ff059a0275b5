using PgSplit.Shape;

namespace PgSplit.Mapping;

/// <summary>What a map says of tables that change their shape.</summary>
sealed partial class MapReader
{
    TableShape Shape(YamlScalar name, YamlNode node)
    {
        var section = Section(node, node.Line, $"table {name.Value}", MapKeys.Table);
        Said(section, $"table {name.Value}");
        if (section.TryGetValue("key", out var key) && key is not YamlScalar { Value: "uuid" })
            Error(key.Line, "key is uuid, or left out");
        if (section.TryGetValue("unfit", out var unfit) && unfit is not YamlScalar { Value: "quarantine" })
            Error(unfit.Line, "unfit is quarantine, or left out");
        return new TableShape
        {
            To = Table(Text(section.GetValueOrDefault("to"), "the name of a table")),
            UuidKey = key is not null,
            Where = Text(section.GetValueOrDefault("where"), "a condition in SQL")?.Value,
            Columns = section.TryGetValue("columns", out var columns)
                ? [.. Entries(columns, "columns", "name: { to: …, sql: … }").ToList().Select(c => Column(c.Key, c.Value))]
                : [],
            Unique = section.TryGetValue("unique", out var unique) ? [.. Items(unique, "unique").Select(Unique).OfType<UniqueRule>()] : null,
            QuarantinesUnfit = unfit is not null,
            Line = name.Line,
        };
    }

    UniqueRule? Unique(YamlNode node)
    {
        var section = Section(node, node.Line, "unique", MapKeys.Unique);
        List<string> columns = Required(section, "columns", node.Line, "unique") is { } list ? [.. Items(list, "columns").Select(c => Text(c, "the name of a column")?.Value).OfType<string>()] : [];
        DuplicatePolicy? policy = (Required(section, "duplicates", node.Line, "unique") as YamlScalar)?.Value switch
        {
            "keep_first" => DuplicatePolicy.KeepFirst,
            "suffix" => DuplicatePolicy.Suffix,
            "set_null" => DuplicatePolicy.SetNull,
            "quarantine" => DuplicatePolicy.Quarantine,
            _ => null,
        };
        if (section.TryGetValue("duplicates", out var named) && policy is null)
            Error(named.Line, "duplicates is one of keep_first, suffix, set_null, quarantine");
        if (section.ContainsKey("columns") && columns.Count == 0)
            Error(node.Line, "unique needs at least one column");
        var column = Text(section.GetValueOrDefault("column"), "the name of a column");
        if (column is not null && !columns.Contains(column.Value))
            Error(column.Line, $"column is one of the columns: {string.Join(", ", columns)}");
        return policy is { } p && columns.Count > 0 ? new UniqueRule(columns, p) { Column = column?.Value, Line = node.Line } : null;
    }

    ColumnShape Column(YamlScalar name, YamlNode node)
    {
        var section = Section(node, node.Line, $"column {name.Value}", MapKeys.Column);
        if (node is YamlMapping { Entries.Count: 0 })
            Error(node.Line, $"column {name.Value} says nothing: leave it out, and it stays as it is");
        Said(section, $"column {name.Value}");
        var drop = section.GetValueOrDefault("drop");
        if (drop is not null and not YamlScalar { Value: "true" })
            Error(drop.Line, "drop is true, or left out");
        var sql = section.GetValueOrDefault("sql");
        foreach (var (one, other) in new[] { ("drop", "to"), ("drop", "sql"), ("drop", "references"), ("sql", "references") })
        {
            if (section.TryGetValue(one, out var node1) && section.ContainsKey(other))
                Error(node1.Line, $"{one} and {other} don't go together");
        }

        if (section.TryGetValue("inverse", out var inverse) && sql is null && drop is null)
            Error(inverse.Line, "inverse goes with sql or drop: what is only renamed has its own");
        if (section.TryGetValue("on_delete", out var policy) && !section.ContainsKey("references"))
            Error(policy.Line, "on_delete goes with references");
        return new ColumnShape(name.Value)
        {
            To = Text(section.GetValueOrDefault("to"), "the name of a column")?.Value,
            Sql = Text(sql, "an expression in SQL")?.Value,
            Inverse = Text(inverse, "an expression in SQL")?.Value,
            Drop = drop is not null,
            References = Table(Text(section.GetValueOrDefault("references"), "the name of a table")),
            OnDelete = policy is null ? null : Policy(policy),
            Line = name.Line,
        };
    }

    // A condition that was forgotten would let all rows go.
    void Said(Dictionary<string, YamlNode> section, string what)
    {
        foreach (var (key, node) in section.Where(s => s.Value is YamlScalar { IsEmpty: true }).ToList())
        {
            Error(node.Line, $"{what} says {key}, and nothing after it");
            section.Remove(key);
        }
    }

    OnDelete? Policy(YamlNode node)
    {
        OnDelete? policy = (node as YamlScalar)?.Value switch
        {
            "restrict" => OnDelete.Restrict,
            "detach" => OnDelete.Detach,
            "cascade" => OnDelete.Cascade,
            _ => null,
        };
        if (policy is null)
            Error(node.Line, "on_delete is one of restrict, detach, cascade");
        return policy;
    }

    /// <summary>What services say of one another: every one knows which keys become UUIDs, and refers to tables that are in the map.</summary>
    List<MapService> Linked(List<MapService> services)
    {
        var uuids = services.SelectMany(s => s.Move.Shapes).Where(s => s.Value.UuidKey).ToDictionary(s => s.Key, s => s.Value.Line);
        foreach (var service in services)
        {
            foreach (var column in service.Move.Shapes.Values.SelectMany(s => s.Columns).Where(c => c.References is { } r && !_places.ContainsKey(r)))
                Error(column.Line, $"{column.Name} references {column.References}, which no service of this map moves");
            foreach (var twice in service.Move.Tables.GroupBy(service.Move.TargetOf).Where(g => g.Count() > 1))
                Error(_places[twice.Last()].Line, $"{string.Join(" and ", twice)} would both be {twice.Key} on the target");
        }

        if (uuids.Count > 0 && services.Select(s => s.Move.Target.Route).Distinct().Count() > 1)
            Error(uuids.Values.First(), "a map that changes keys has one target, for keys are recorded there: move into one database first, and apart from there");
        return [.. services.Select(s => s with { Move = s.Move with { UuidTables = uuids.Keys.ToHashSet() } })];
    }
}
