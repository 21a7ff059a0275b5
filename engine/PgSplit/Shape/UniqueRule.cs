using System.Text.Json.Serialization;

namespace PgSplit.Shape;

/// <summary>What becomes of a row where the target takes only one like it, and another is there already (PROTOCOL 1.12, flaws between rows).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DuplicatePolicy>))]
enum DuplicatePolicy
{
    /// <summary>It stays behind, and is listed.</summary>
    KeepFirst,

    /// <summary>Its key on the source is put behind its value.</summary>
    Suffix,

    /// <summary>It goes without the value.</summary>
    SetNull,

    /// <summary>It stays behind, and is kept beside the list as it was.</summary>
    Quarantine,
}

/// <summary>Of these columns the target takes each value once. A null is like no other (manual 5.4.3).</summary>
/// <param name="Columns">By the target's names.</param>
/// <param name="Policy">For all rows but the first, by the source's key.</param>
sealed record UniqueRule(IReadOnlyList<string> Columns, DuplicatePolicy Policy)
{
    /// <summary>Which of them is changed, of Suffix and SetNull: the last where the map names none.</summary>
    public string? Column { get; init; }

    /// <summary>Of the map.</summary>
    public int Line { get; init; }
}

/// <summary>A rule as a move carries it out.</summary>
/// <param name="Move">Whose list it is (pgsplit.flawed).</param>
/// <param name="Number">Within its table, from 1; 0 is for rows on which an expression fails.</param>
/// <param name="Columns">By the target's names; none of rule 0.</param>
sealed record FlawRule(string Move, int Number, DuplicatePolicy Policy, IReadOnlyList<string> Columns)
{
    public const int Unfit = 0;

    /// <summary>Of Suffix and SetNull: the column that is changed.</summary>
    public string? Column { get; init; }

    /// <summary>Of Suffix: letters that the column takes; null for any number.</summary>
    public int? MostLetters { get; init; }

    /// <summary>The row is not on the target.</summary>
    [JsonIgnore]
    public bool StaysBehind => Policy is DuplicatePolicy.KeepFirst or DuplicatePolicy.Quarantine;

    /// <summary>Why a row is listed, for people.</summary>
    [JsonIgnore]
    public string Reason => $"{(Number == Unfit ? "an expression of the map fails on it" : $"the same {string.Join(", ", Columns)} as a row before it")}: {Word}";

    [JsonIgnore]
    public string Word => Policy switch
    {
        DuplicatePolicy.KeepFirst => "keep_first",
        DuplicatePolicy.Suffix => "suffix",
        DuplicatePolicy.SetNull => "set_null",
        _ => "quarantine",
    };
}
