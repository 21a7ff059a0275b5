using System.Text;
using System.Text.Json;

namespace PgSplit.Load;

/// <summary>An object of dumpdata: <c>{"model": "app.name", "pk": 1, "fields": {…}}</c>. Values stay the bytes that they were.</summary>
readonly ref struct DumpdataObject
{
    // A replacement character instead of what was there would be a change that nobody sees.
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    DumpdataObject(string model, Slice pk, List<(string Name, Slice Value)> fields) => (Model, Pk, Fields) = (model, pk, fields);

    public string Model { get; }

    /// <summary>Null where the dump has none.</summary>
    public Slice Pk { get; }

    public List<(string Name, Slice Value)> Fields { get; }

    /// <summary>What the object lacks; null where it is whole.</summary>
    public static string? Read(ReadOnlySpan<byte> json, out DumpdataObject read)
    {
        try
        {
            return TryRead(json, out read);
        }
        catch (InvalidOperationException)
        {
            read = default;
            return "a name that is no Unicode";
        }
    }

    static string? TryRead(ReadOnlySpan<byte> json, out DumpdataObject read)
    {
        read = default;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        string? model = null;
        var pk = default(Slice);
        List<(string, Slice)>? fields = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "model" when reader.TokenType == JsonTokenType.String:
                    model = reader.GetString();
                    break;
                case "pk":
                    pk = Value(ref reader);
                    break;
                case "fields" when reader.TokenType == JsonTokenType.StartObject:
                    fields = [];
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        var field = reader.GetString()!;
                        reader.Read();
                        fields.Add((field, Value(ref reader)));
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (model is null || fields is null)
            return $"an object without {(model is null ? "\"model\"" : "\"fields\"")}";
        read = new DumpdataObject(model, pk, fields);
        return null;
    }

    static Slice Value(ref Utf8JsonReader reader)
    {
        var (from, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        reader.Skip();
        return new Slice(from, (int)reader.BytesConsumed - from, kind);
    }

    /// <summary>A value within the object's bytes.</summary>
    internal readonly record struct Slice(int From, int Length, JsonTokenType Kind)
    {
        public bool IsNull => Kind is JsonTokenType.None or JsonTokenType.Null;

        public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json.Slice(From, Length);

        /// <summary>As JSON.</summary>
        /// <exception cref="DecoderFallbackException">Bytes that are no UTF-8.</exception>
        public string Raw(ReadOnlySpan<byte> json) => Strict.GetString(Of(json));

        /// <summary>As text: a string's own, anything else as it stands.</summary>
        /// <exception cref="InvalidOperationException">A string that is no Unicode.</exception>
        public string Text(ReadOnlySpan<byte> json)
        {
            if (Kind != JsonTokenType.String)
                return Raw(json);
            var reader = new Utf8JsonReader(Of(json));
            reader.Read();
            return reader.GetString()!;
        }
    }
}
