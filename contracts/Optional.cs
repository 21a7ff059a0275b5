using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>
/// A member of a PATCH body: absent leaves the value as it is, <c>null</c> clears it (JSON Merge Patch, RFC 7396). Mark it
/// <c>[JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]</c>, so that a client leaves out what it did not set.
/// </summary>
[JsonConverter(typeof(OptionalConverter))]
[SuppressMessage("Usage", "CA2225", Justification = "The constructor is the alternative to the operator.")]
public readonly record struct Optional<T>(T Given)
{
    /// <summary>The member was there, if only as <c>null</c>.</summary>
    public bool IsGiven { get; } = true;

    /// <summary>What was given, else <paramref name="current"/>.</summary>
    public T Or(T current) => IsGiven ? Given : current;

    public static implicit operator Optional<T>(T value) => new(value);
}

sealed class OptionalConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    sealed class Of<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return default(T) is null ? new Optional<T>(default!) : throw new JsonException("is required and can't be cleared");
            }

            // The inner converter itself, not the serialiser: an error then keeps the path of the member it is in.
            return new Optional<T>(((JsonConverter<T>)options.GetConverter(typeof(T))).Read(ref reader, typeof(T), options)!);
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Given, options);
    }
}
