using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PgSplit.Mapping;

/// <summary>A piece of a map with the line it stands on. Unlike a deserialised object it still has what is there twice.</summary>
abstract record YamlNode(int Line)
{
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static YamlNode? Read(string text)
    {
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
            return null;
        var root = Read(parser);
        parser.Consume<DocumentEnd>();
        if (parser.Current is DocumentStart second)
            throw new YamlException(second.Start, second.End, "a map is one document");
        return root;
    }

    static YamlNode Read(IParser parser)
    {
        var line = (int)parser.Current!.Start.Line;
        if (parser.TryConsume<Scalar>(out var scalar))
            return new YamlScalar(scalar.Value, line);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Read(parser));
            return new YamlList(items, line);
        }

        if (parser.TryConsume<MappingStart>(out _))
        {
            var entries = new List<(YamlScalar, YamlNode)>();
            while (!parser.TryConsume<MappingEnd>(out _))
                entries.Add((Read(parser) as YamlScalar ?? throw At(parser, "a key is one word"), Read(parser)));
            return new YamlMapping(entries, line);
        }

        throw At(parser, "aliases (*name) are not understood in a map; write it out");
    }

    static YamlException At(IParser parser, string message) => new(parser.Current!.Start, parser.Current.End, message);
}

sealed record YamlScalar(string Value, int Line) : YamlNode(Line)
{
    /// <summary>Nothing was written, or <c>~</c>.</summary>
    public bool IsEmpty => Value is "" or "~" or "null";
}

sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line) : YamlNode(Line);

sealed record YamlMapping(IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries, int Line) : YamlNode(Line);
