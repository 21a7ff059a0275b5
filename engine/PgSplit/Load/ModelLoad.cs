using System.Text.Json;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>The objects of one model, on their way into its table and those of its many-to-many fields.</summary>
sealed class ModelLoad
{
    readonly Staging _staging;
    readonly string _model;
    readonly TableLoad _load;
    readonly string _key;
    readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    readonly Dictionary<string, TableLoad> _through = new(StringComparer.Ordinal);

    ModelLoad(Staging staging, string model, TableLoad load, string key)
    {
        (_staging, _model, _load, _key) = (staging, model, load, key);
        for (var i = 0; i < load.Columns.Count; i++)
            _columns[load.Columns[i]] = i;
    }

    public QualifiedName Table => _load.Table.Name;

    /// <summary>Null for a model that is to be ignored.</summary>
    /// <exception cref="PgSplitException">There is no table for it.</exception>
    public static async Task<ModelLoad?> OpenAsync(Staging staging, string model, long line, CancellationToken ct)
    {
        if (Dumpdata.IsIgnored(staging.Options, model))
            return null;
        var name = Dumpdata.TableOf(staging.Options, model);
        if (!staging.Tables.TryGetValue(name, out var table))
        {
            throw new PgSplitException(
                ExitCode.BadInput, $"{staging.Options.From}:{line}: there is no table {name} for the model {model}; nothing was loaded", $"add it to the schema, name its table (--table {model}=NAME), or leave it out (--ignore {model})");
        }

        return table.Key is [var key]
            ? new ModelLoad(staging, model, await staging.TableAsync(name, null, ct), key)
            : throw new PgSplitException(ExitCode.BadInput, $"{staging.Options.From}:{line}: table {name} has no primary key of one column, as the model {model} has", "correct the schema");
    }

    public async Task AddAsync(SourceRow row, ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        var values = new string?[_load.Columns.Count];
        var links = new List<(string Field, string Other)>();
        if (Fill(json.Span, values, links) is { } wrong)
        {
            _staging.Rejects.Add(Table, row, wrong);
            return;
        }

        foreach (var (field, _) in links)
        {
            if (await ThroughAsync(field, ct) is not null)
                continue;
            _staging.Rejects.Add(Table, row, $"field {field} is a list, and there is neither a column of that name nor a table {Table}_{field} with two references");
            return;
        }

        if (!await _load.AddAsync(row, values, ct))
            return;
        foreach (var (field, other) in links)
            await _through[field].AddAsync(row, [values[_columns[_key]], other], ct);
    }

    // What is wrong with the object; null where it is a row.
    string? Fill(ReadOnlySpan<byte> json, string?[] values, List<(string, string)> links)
    {
        DumpdataObject.Read(json, out var read);
        if (read.Pk.IsNull)
            return "it has no \"pk\": dump without --natural-primary";
        try
        {
            values[_columns[_key]] = FieldValue.Text(read.Pk, json, _load.Table.Column(_key)!);
            foreach (var (name, value) in read.Fields)
            {
                if (ColumnOf(name) is { } column)
                    values[_columns[column]] = FieldValue.Text(value, json, _load.Table.Column(column)!);
                else if (value.Kind == JsonTokenType.StartArray)
                    Links(name, value.Of(json), links);
                else
                    return $"field {name} has no column in table {Table}";
            }

            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.Text.DecoderFallbackException)
        {
            return "a string that is no Unicode (half a character, or bytes that are no UTF-8)";
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    // A reference's column has "_id" after the field's name.
    string? ColumnOf(string field) => _columns.ContainsKey(field) ? field : _columns.ContainsKey(field + "_id") ? field + "_id" : null;

    static void Links(string field, ReadOnlySpan<byte> list, List<(string, string)> links)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            links.Add((field, reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
                _ => throw new FormatException($"field {field} lists natural keys: dump without --natural-foreign"),
            }));
        }
    }

    // Django's names: <model>_id and <other>_id, or from_… and to_… where both are the same model.
    async Task<TableLoad?> ThroughAsync(string field, CancellationToken ct)
    {
        if (_through.TryGetValue(field, out var known))
            return known;
        if (!_staging.Tables.TryGetValue(new QualifiedName(Table.Schema, $"{Table.Name}_{field}"), out var table))
            return null;
        var model = _model.Split('.')[^1];
        var references = table.Columns.Select(c => c.Name).Where(n => n.EndsWith("_id", StringComparison.Ordinal)).ToList();
        var owner = references.Find(n => n == $"from_{model}_id") ?? references.Find(n => n == $"{model}_id");
        if (owner is null || references.Count != 2)
            return null;
        var through = await _staging.TableAsync(table.Name, [owner, references.Single(r => r != owner)], ct);
        _through.Add(field, through);
        return through;
    }
}
