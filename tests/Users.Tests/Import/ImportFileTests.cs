using System.Text;
using Hdms.Kit.Problems;
using Hdms.Users.Import;

namespace Hdms.Users.Tests.Import;

public sealed class ImportFileTests
{
    [Fact]
    public void A_row_that_can_not_be_read_is_kept_with_its_reason_beside_the_others()
    {
        var file = Read("employee_code,first_name\r\nA1,Ada\r\nA2\r\nA3,\"Grace, M.\",extra\r\nA1,Again\r\n");

        file.Columns.ShouldBe(["employee_code", "first_name"]);
        file.Lines.Select(l => (l.Line, l.EmployeeCode, l.Problem is null)).ShouldBe([(2, "A1", true), (3, "A2", false), (4, "A3", false), (5, "A1", false)]);
        file.Lines[2].Cells.ShouldBe(["A3", "Grace, M.", "extra"]);
        file.Lines[3].Problem.ShouldBe("has the same employee_code as line 2");
    }

    [Fact]
    public void What_stands_inside_a_cell_of_several_lines_is_not_taken_for_rows()
    {
        var file = Read("employee_code,first_name\r\nA1,\"Ada\r\nA2,Eva\r\nA3\"\r\nA4,Ida\r\n");

        file.Lines.Select(l => (l.Line, l.EmployeeCode, l.Problem)).ShouldBe(
            [(4, "A1", "has a cell that goes over lines 2 to 4, or a quotation mark that is not closed"), (5, "A4", null)]);
    }

    [Fact]
    public void After_a_quotation_mark_that_is_not_closed_nothing_is_taken_and_nothing_is_lost()
    {
        var file = Read("employee_code,first_name\nA1,Ada\nA2,\"Eva\nA3,Ida\n");

        file.Lines.Select(l => (l.EmployeeCode, l.Problem is null)).ShouldBe([("A1", true), ("A2", false)]);
        file.Lines[1].Cells[1].ShouldBe("Eva\nA3,Ida\n");
    }

    [Fact]
    public void A_byte_order_mark_and_spaces_in_the_header_do_not_matter() =>
        Read("\uFEFFEmployee_Code , first_name\nA1,Ada\n").Columns.ShouldBe(["employee_code", "first_name"]);

    [Theory]
    [InlineData("first_name\nAda\n")]
    [InlineData("employee_code,shoe_size\nA1,42\n")]
    [InlineData("employee_code,email,email\nA1,a@b.c,a@b.c\n")]
    [InlineData("employee_code\n")]
    [InlineData("")]
    public void A_header_that_is_not_understood_is_refused_as_a_whole(string text) =>
        Should.Throw<Refusal>(() => Read(text)).Code.ShouldBe(Codes.ValidationFailed);

    [Fact]
    public void Another_encoding_is_refused_instead_of_guessed() =>
        Should.Throw<Refusal>(() => ImportFile.Read([.. "employee_code\nA"u8, 0xE9, (byte)'\n'])).Code.ShouldBe(Codes.Malformed);

    [Fact]
    public void More_rows_than_are_taken_at_once_are_refused()
    {
        var text = new StringBuilder("employee_code\n");
        for (var i = 0; i <= ImportFile.MostRows; i++)
            text.Append(i).Append('\n');

        Should.Throw<Refusal>(() => Read(text.ToString())).Code.ShouldBe(Codes.ValidationFailed);
    }

    static ImportFile Read(string text) => ImportFile.Read(Encoding.UTF8.GetBytes(text));
}
