using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Hdms.Files.Demo;

/// <summary>Small files that are what they say: a page of PDF, a drawn picture, a text.</summary>
static class DemoPapers
{
    public static IEnumerable<(string Name, byte[] Bytes)> Of(DemoTarget ticket) =>
    [
        ($"{ticket.Number ?? "Draft"}.pdf", Page($"{ticket.Number}: {ticket.Title}")),
        ("What I see.png", Picture(ticket.TicketId.GetHashCode())),
        ("Notes.txt", Encoding.UTF8.GetBytes($"{ticket.Title}\n\nSeen again this morning, and the day before.\n")),
    ];

    /// <summary>The least that every reader shows: one page, one line.</summary>
    static byte[] Page(string text)
    {
        var ascii = new string([.. text.Select(c => c is '(' or ')' or '\\' or > '~' or < ' ' ? '?' : c)]);
        var line = $"BT /F1 18 Tf 60 780 Td ({ascii}) Tj ET";
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            $"<< /Length {line.Length} >>\nstream\n{line}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        foreach (var (content, n) in objects.Select((o, i) => (o, i + 1)))
        {
            places.Add(pdf.Length);
            pdf.Append(CultureInfo.InvariantCulture, $"{n} 0 obj\n{content}\nendobj\n");
        }

        var table = pdf.Length;
        pdf.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        places.ForEach(p => pdf.Append(CultureInfo.InvariantCulture, $"{p:D10} 00000 n \n"));
        pdf.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(pdf.ToString());
    }

    static byte[] Picture(int seed)
    {
        var random = new Random(seed);
        using var surface = SKSurface.Create(new SKImageInfo(640, 400));
        surface.Canvas.Clear(new SKColor(0xF3, 0xF0, 0xE6));
        for (var bar = 0; bar < 8; bar++)
        {
            using var paint = new SKPaint { Color = SKColor.FromHsl(random.Next(360), 45, 55), IsAntialias = true };
            surface.Canvas.DrawRoundRect(40 + (bar * 72), 360 - random.Next(60, 300), 48, 300, 8, 8, paint);
        }

        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
