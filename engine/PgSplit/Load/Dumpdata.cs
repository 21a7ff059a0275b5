using System.Text;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>Django's dumpdata: model <c>app.name</c> is table <c>app_name</c>, lists of many-to-many fields are rows of their through tables.</summary>
static class Dumpdata
{
    public static async Task LoadAsync(Staging staging, CancellationToken ct)
    {
        if (staging.MakesTables)
            await MakeTablesAsync(staging, ct);
        var models = new Dictionary<string, ModelLoad?>(StringComparer.Ordinal);
        using var objects = new JsonObjects(staging.Options.From);
        var before = 0L;
        while (objects.Next() is { } next)
        {
            var json = next.Json;
            if (ModelOf(json.Span, out var model) is { } lacks)
                throw new PgSplitException(ExitCode.BadInput, $"{staging.Options.From}:{next.Line}: {lacks} (object {next.Number}); nothing was loaded", "load what manage.py dumpdata wrote");
            if (!models.TryGetValue(model, out var load))
                models.Add(model, load = await ModelLoad.OpenAsync(staging, model, next.Line, ct));
            if (load is null)
            {
                staging.Ignored++;
                continue;
            }

            // A copy: its batch is sent after the next objects are read.
            await load.AddAsync(new SourceRow(staging.Options.From, next.Line, next.Number, Kept(json.Span)), json, ct);
            staging.Progress(load.Table, objects.Position - before);
            before = objects.Position;
        }
    }

    /// <summary>The table of a model.</summary>
    public static QualifiedName TableOf(LoadOptions options, string model) =>
        options.Tables.TryGetValue(model, out var named) ? named : new QualifiedName("public", model.Replace('.', '_'));

    public static bool IsIgnored(LoadOptions options, string model) =>
        options.Ignore.Any(i => i.Matches(TableOf(options, model)) || i.Text.Contains('.', StringComparison.Ordinal) && i.Matches(ModelName(model)));

    // "auth.permission", so that a model can be named as Django does.
    static QualifiedName ModelName(string model) => model.Split('.', 2) is [var app, var name] ? new QualifiedName(app, name) : new QualifiedName("", model);

    static Func<string> Kept(ReadOnlySpan<byte> json)
    {
        var kept = json.ToArray();
        return () => Encoding.UTF8.GetString(kept);
    }

    static string? ModelOf(ReadOnlySpan<byte> json, out string model)
    {
        var lacks = DumpdataObject.Read(json, out var read);
        model = read.Model;
        return lacks;
    }

    static async Task MakeTablesAsync(Staging staging, CancellationToken ct)
    {
        var types = new DumpdataTypes();
        using (var objects = new JsonObjects(staging.Options.From))
        {
            while (objects.Next() is { } next)
            {
                if (DumpdataObject.Read(next.Json.Span, out var read) is null && !IsIgnored(staging.Options, read.Model))
                    types.Add(read, next.Json.Span);
                ct.ThrowIfCancellationRequested();
            }
        }

        foreach (var model in types.Models)
        {
            var table = TableOf(staging.Options, model.Name);
            if (staging.Tables.ContainsKey(table))
                continue;
            var key = model.Fields.ContainsKey("id") ? "pk" : "id";
            await staging.MakeAsync(
                table, [(key, DumpdataTypes.TypeOf(model.Pk)), .. model.Fields.Where(f => !DumpdataTypes.IsManyToMany(f.Value)).Select(f => (f.Key, DumpdataTypes.TypeOf(f.Value)))], [key], ct);
            foreach (var (field, kinds) in model.Fields.Where(f => DumpdataTypes.IsManyToMany(f.Value)))
            {
                var owner = model.Name.Split('.')[^1] + "_id";
                var other = field + "_id" == owner ? $"to_{owner}" : field + "_id";
                await staging.MakeAsync(new QualifiedName(table.Schema, $"{table.Name}_{field}"), [(owner, DumpdataTypes.TypeOf(model.Pk)), (other, DumpdataTypes.ElementOf(kinds))], [owner, other], ct);
            }
        }
    }
}
