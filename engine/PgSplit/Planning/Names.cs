namespace PgSplit.Planning;

/// <summary>Names as the server prints them (qualified, quoted: ready for SQL) made short for people.</summary>
static class Names
{
    public static string Short(string regclass) => regclass.StartsWith("public.", StringComparison.Ordinal) ? regclass["public.".Length..] : regclass;

    /// <summary>Up to five, and how many more there are.</summary>
    public static string Some(IReadOnlyList<string> names) =>
        names.Count <= 5 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more";
}
