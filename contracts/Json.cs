using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Xml;

namespace Hdms.Contracts;

/// <summary>How HDMS writes JSON (API.md): snake_case names, enums as words, UTC times with milliseconds, ISO 8601 durations.</summary>
public static class Json
{
    /// <summary>For answers of other services and for events: members not known here are passed over, so that senders may add some.</summary>
    public static readonly JsonSerializerOptions Tolerant = Make(JsonUnmappedMemberHandling.Skip);

    /// <summary>For request bodies: an unknown member, a missing one that is required and a null where none may be, in a list too, are refused.</summary>
    public static readonly JsonSerializerOptions Strict = Make(JsonUnmappedMemberHandling.Disallow);

    /// <summary>Sets <paramref name="options"/> up as HDMS writes JSON.</summary>
    public static void Configure(JsonSerializerOptions options, JsonUnmappedMemberHandling unmapped)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = unmapped;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = unmapped == JsonUnmappedMemberHandling.Disallow;
        options.MaxDepth = 32;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new UtcTime());
        options.Converters.Add(new Duration());
        options.Converters.Add(new PlainText());
        if (unmapped == JsonUnmappedMemberHandling.Disallow)
        {
            options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RefuseNullItems);
        }
    }

    /// <summary><see cref="JsonSerializerOptions.RespectNullableAnnotations"/> looks at members only, not at what a list holds.</summary>
    static void RefuseNullItems(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && type.ElementType is { IsValueType: false })
        {
            type.OnDeserialized = static list =>
            {
                foreach (var item in (IEnumerable)list)
                {
                    if (item is null)
                    {
                        throw new JsonException("has a null in its list");
                    }
                }
            };
        }
    }

    static JsonSerializerOptions Make(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options, unmapped);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>RFC 3339 in UTC with milliseconds, <c>2026-01-31T09:30:00.000Z</c>; what is finer than that is left off when read.</summary>
    sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time)
                ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds())
                : throw new JsonException("is not a time of RFC 3339, as 2026-01-31T09:30:00.000Z");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            // "O" is 2026-01-31T09:30:00.0000000Z, and the one format that is written without being parsed first.
            Span<byte> text = stackalloc byte[28];
            value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
            text[23] = (byte)'Z';
            writer.WriteStringValue(text[..24]);
        }
    }

    /// <summary>ISO 8601 duration: <c>PT4H30M</c>.</summary>
    sealed class Duration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return reader.TokenType == JsonTokenType.String
                    ? XmlConvert.ToTimeSpan(reader.GetString()!)
                    : throw new JsonException("is not an ISO 8601 duration, as PT4H30M");
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new JsonException("is not an ISO 8601 duration, as PT4H30M", e);
            }
        }

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteStringValue(XmlConvert.ToString(value));
    }

    /// <summary>Text that PostgreSQL can hold: no NUL and no half of a surrogate pair, which <c>text</c> and <c>jsonb</c> refuse.</summary>
    sealed class PlainText : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new JsonException("is not text");
            }

            string text;
            try
            {
                text = reader.GetString()!;
            }
            catch (InvalidOperationException e)
            {
                throw new JsonException("is not valid text", e);
            }

            return text.Contains('\0', StringComparison.Ordinal) ? throw new JsonException("has a NUL character in it") : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value);
    }
}
