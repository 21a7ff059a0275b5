namespace PgSplit.Mapping;

/// <summary>The JSON Schema of maps, for editors.</summary>
static class MapSchema
{
    public static string Text { get; } = Read();

    static string Read()
    {
        using var stream = typeof(MapSchema).Assembly.GetManifestResourceStream("PgSplit.Mapping.map.schema.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
