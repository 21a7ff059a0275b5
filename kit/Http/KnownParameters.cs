using System.Reflection;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Kit.Http;

/// <summary>
/// Refuses query parameters that a route does not know, naming those it does (API.md, filters): a misspelt filter that is
/// passed over would show, or change, more than was meant. What a route knows is read from its handler's parameters.
/// </summary>
static class KnownParameters
{
    public static RouteGroupBuilder RefuseUnknownParameters(this RouteGroupBuilder api) => api.AddEndpointFilterFactory((factory, next) =>
    {
        var known = factory.MethodInfo.GetParameters().SelectMany(Names).Order(StringComparer.Ordinal).ToArray();
        return call =>
        {
            Check(call.HttpContext.Request, known);
            return next(call);
        };
    });

    static void Check(HttpRequest request, string[] known)
    {
        if (request.Query.Count == 0)
        {
            return;
        }

        var allowed = known.Except(request.RouteValues.Keys, StringComparer.OrdinalIgnoreCase).ToArray();
        var unknown = request.Query.Keys.Except(allowed, StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
        {
            var list = allowed.Length == 0 ? "none" : string.Join(", ", allowed);
            throw new Refusal(Codes.Malformed, $"Not known here: {string.Join(", ", unknown)}. Known parameters: {list}.")
            {
                Errors = unknown.ToDictionary(u => u, _ => new[] { "is not known here" }),
                Members = new Dictionary<string, object?> { ["known_parameters"] = allowed },
            };
        }
    }

    static IEnumerable<string> Names(ParameterInfo parameter)
    {
        if (parameter.IsDefined(typeof(AsParametersAttribute)))
        {
            return parameter.ParameterType.GetProperties().SelectMany(p => Name(p, p.Name, p.PropertyType));
        }

        return Name(parameter, parameter.Name!, parameter.ParameterType);
    }

    static IEnumerable<string> Name(ICustomAttributeProvider source, string name, Type type)
    {
        var attributes = source.GetCustomAttributes(inherit: true);
        if (attributes.OfType<IFromQueryMetadata>().FirstOrDefault() is { } query)
        {
            return [query.Name ?? name];
        }

        var elsewhere = attributes.Any(a => a is IFromRouteMetadata or IFromHeaderMetadata or IFromBodyMetadata or IFromServiceMetadata);
        return !elsewhere && IsSimple(type) ? [name] : [];
    }

    static bool IsSimple(Type type)
    {
        var inner = Nullable.GetUnderlyingType(type) ?? (type.IsArray ? type.GetElementType()! : type);
        return inner == typeof(string) || inner.IsPrimitive || inner.IsEnum
            || inner.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>));
    }
}
