using System.Runtime.CompilerServices;
using Hdms.Tickets.Lifecycle;

namespace Hdms.Tickets.Tests.Lifecycle;

public sealed class LifecyclePageTests
{
    /// <summary>With HDMS_WRITE_DOCS set, the page is written anew.</summary>
    [Fact]
    public void The_page_in_the_documents_says_what_the_table_says()
    {
        var path = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "..", "docs", "lifecycle.md");
        if (Environment.GetEnvironmentVariable("HDMS_WRITE_DOCS") is not null)
            File.WriteAllText(path, LifecyclePage.Print());

        File.ReadAllText(path).ShouldBe(LifecyclePage.Print());
    }

    static string Here([CallerFilePath] string path = "") => path;
}
