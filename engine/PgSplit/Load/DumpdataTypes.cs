using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PgSplit.Load;

/// <summary>
/// Types of models without a schema, told by all their values, in one reading of the file beforehand: boolean, bigint, numeric, timestamptz,
/// jsonb where every value is one; text for the rest. A field whose values are lists of numbers or of UUIDs is many-to-many.
/// </summary>
sealed partial class DumpdataTypes
{
    readonly Dictionary<string, Model> _models = new(StringComparer.Ordinal);

    public IEnumerable<Model> Models => _models.Values;

    public void Add(DumpdataObject read, ReadOnlySpan<byte> json)
    {
        if (!_models.TryGetValue(read.Model, out var model))
            _models.Add(read.Model, model = new Model(read.Model));
        if (!read.Pk.IsNull)
            model.Pk |= KindOf(read.Pk, json);
        foreach (var (name, value) in read.Fields)
            model.Fields[name] = model.Fields.GetValueOrDefault(name) | KindOf(value, json);
    }

    /// <summary>What was seen of a model.</summary>
    public sealed class Model(string name)
    {
        public string Name { get; } = name;

        public Kinds Pk { get; set; }

        public Dictionary<string, Kinds> Fields { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Kinds of values, of which a field may have had several.</summary>
    [Flags]
    public enum Kinds
    {
        None = 0,
        Boolean = 1,
        Whole = 2,
        Number = 4,
        Time = 8,
        Text = 16,
        Object = 32,
        NoElements = 64,
        Numbers = 128,
        Uuids = 256,
        OtherList = 512,
    }

    /// <summary>Whether a field is a list of other rows.</summary>
    public static bool IsManyToMany(Kinds kinds) => (kinds & ~Kinds.NoElements) is Kinds.Numbers or Kinds.Uuids;

    public static string TypeOf(Kinds kinds) => kinds switch
    {
        Kinds.Boolean => "boolean",
        Kinds.Whole => "bigint",
        Kinds.Number or Kinds.Number | Kinds.Whole => "numeric",
        Kinds.Time => "timestamptz",
        _ when (kinds & (Kinds.Object | Kinds.NoElements | Kinds.Numbers | Kinds.Uuids | Kinds.OtherList)) != Kinds.None => "jsonb",
        _ => "text",
    };

    /// <summary>Of the elements of a many-to-many field.</summary>
    public static string ElementOf(Kinds kinds) => (kinds & Kinds.Numbers) != Kinds.None ? "bigint" : "uuid";

    static Kinds KindOf(DumpdataObject.Slice value, ReadOnlySpan<byte> json) => value.Kind switch
    {
        JsonTokenType.True or JsonTokenType.False => Kinds.Boolean,
        JsonTokenType.Number => long.TryParse(value.Of(json), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? Kinds.Whole : Kinds.Number,
        JsonTokenType.String => Moment().IsMatch(Readable(value, json)) ? Kinds.Time : Kinds.Text,
        JsonTokenType.StartObject => Kinds.Object,
        JsonTokenType.StartArray => KindOfList(value.Of(json)),
        _ => Kinds.None,
    };

    // A string that is no Unicode is rejected when it is loaded.
    static string Readable(DumpdataObject.Slice value, ReadOnlySpan<byte> json)
    {
        try
        {
            return value.Length > 64 ? "" : value.Text(json);
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    static Kinds KindOfList(ReadOnlySpan<byte> list)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        var kinds = Kinds.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            kinds |= reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _) ? Kinds.Numbers
                : reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out _) ? Kinds.Uuids
                : Kinds.OtherList;
            reader.Skip();
        }

        return kinds == Kinds.None ? Kinds.NoElements : kinds;
    }

    [GeneratedRegex(@"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Moment();
}
