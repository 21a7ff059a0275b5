using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hdms.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hdms.Kit.OpenApi;

/// <summary>
/// Shows what our own JSON converters hide from the generator: texts, times and durations, and an <see cref="Optional{T}"/> as
/// the value that may be sent, with null where the member is declared to take it.
/// </summary>
static class KitSchemas
{
    public static void Use(OpenApiOptions options)
    {
        var name = options.CreateSchemaReferenceId;
        options.CreateSchemaReferenceId = type => IsOptional(type.Type) ? null : name(type);
        options.AddSchemaTransformer(async (schema, context, ct) =>
        {
            if (IsOptional(context.JsonTypeInfo.Type))
            {
                await ShowOptionalAsync(schema, context, ct);
            }
            else if (Format(context.JsonTypeInfo.Type) is { } format)
            {
                var nullable = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is not null || context.JsonPropertyInfo is { IsGetNullable: true };
                ShowText(schema, format, nullable);
            }

            if (context.JsonPropertyInfo is { } member)
            {
                ShowLimits(schema, member);
            }
        });
    }

    static async Task ShowOptionalAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var inner = context.JsonTypeInfo.Type.GetGenericArguments()[0];
        var bare = Nullable.GetUnderlyingType(inner) ?? inner;
        var nullable = bare != inner || TakesNull(context.JsonPropertyInfo?.AttributeProvider as PropertyInfo);
        schema.Description = null;
        if (Format(bare) is { } format)
        {
            ShowText(schema, format, nullable);
            return;
        }

        var shown = await context.GetOrCreateSchemaAsync(bare, null, ct);
        var type = shown.Type ?? JsonSchemaType.String;
        schema.Type = nullable ? type | JsonSchemaType.Null : type;
        schema.Format = shown.Format;
        schema.Enum = shown.Enum is { Count: > 0 } words ? [.. words, .. nullable ? [null!] : Array.Empty<JsonNode>()] : null;
    }

    static void ShowText(OpenApiSchema schema, string format, bool nullable)
    {
        schema.Type = nullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        schema.Format = format.Length == 0 ? null : format;
    }

    /// <summary>The generator passes over the limits of constructor parameters that have a default.</summary>
    static void ShowLimits(OpenApiSchema schema, JsonPropertyInfo member)
    {
        var attributes = member.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
        if (attributes.OfType<StringLengthAttribute>().FirstOrDefault() is { } length)
        {
            schema.MinLength = length.MinimumLength;
            schema.MaxLength = length.MaximumLength;
        }

        if (attributes.OfType<RangeAttribute>().FirstOrDefault() is { } range)
        {
            schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
            schema.Maximum = Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The format of what is written as text by a converter of ours; null for other types.</summary>
    static string? Format(Type type) =>
        type == typeof(string) ? ""
        : type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?) ? "date-time"
        : type == typeof(TimeSpan) || type == typeof(TimeSpan?) ? "duration"
        : null;

    static bool TakesNull(PropertyInfo? member) =>
        member is not null && new NullabilityInfoContext().Create(member).GenericTypeArguments is [{ ReadState: NullabilityState.Nullable }];

    static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);
}
