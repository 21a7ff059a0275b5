namespace PgSplit.Tests;

/// <summary>Schemas of Samples/.</summary>
static class Sample
{
    public static string HelpDesk => Read("HelpDesk");
    public static string Shop => Read("Shop");

    static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Sample).Assembly.GetManifestResourceStream($"PgSplit.Tests.Samples.{name}.sql")!);
        return reader.ReadToEnd();
    }
}
