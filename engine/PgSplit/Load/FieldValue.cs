using System.Text;
using System.Text.Json;

namespace PgSplit.Load;

/// <summary>A field of dumpdata as the text that a column of a given type reads. What Django packs into strings is unpacked: lists of array fields, base64 of binary ones.</summary>
static class FieldValue
{
    /// <exception cref="FormatException">The value can't be one of this column; the message says why.</exception>
    public static string? Text(DumpdataObject.Slice value, ReadOnlySpan<byte> json, StagingColumn column)
    {
        if (value.IsNull)
            return null;
        if (column.Type is "json" or "jsonb")
            return value.Raw(json);
        if (column.IsArray)
            return value.Kind == JsonTokenType.StartArray ? Array(value.Of(json))
                : value.Text(json) is var packed && packed.StartsWith('[') ? Array(Encoding.UTF8.GetBytes(packed)) : packed;
        if (value.Kind is JsonTokenType.StartArray && column.Type is not ("text" or "varchar"))
            throw new FormatException($"field {column.Name} is a list, and column {column.Name} is {column.Type}: a natural key? Dump without --natural-foreign");
        if (column.Type == "bytea" && value.Kind == JsonTokenType.String)
            return Bytes(value.Text(json), column);
        return value.Text(json);
    }

    static string Bytes(string base64, StagingColumn column)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length)
            ? @"\x" + Convert.ToHexString(bytes.AsSpan(0, length))
            : throw new FormatException($"field {column.Name} is no base64, and its column is bytea");
    }

    static string Array(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var text = new StringBuilder();
        var first = true;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    text.Append('}');
                    first = false;
                    continue;
                }

                if (!first)
                    text.Append(',');
                first = false;
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray:
                        text.Append('{');
                        first = true;
                        break;
                    case JsonTokenType.Null:
                        text.Append("NULL");
                        break;
                    case JsonTokenType.String:
                        text.Append('"').Append(reader.GetString()!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
                        break;
                    case JsonTokenType.StartObject:
                        throw new FormatException("an object in a list can't be an element of an array");
                    default:
                        text.Append(Encoding.UTF8.GetString(reader.ValueSpan));
                        break;
                }
            }
        }
        catch (JsonException e)
        {
            throw new FormatException($"no list: {e.Message}", e);
        }

        return text.ToString();
    }
}
