// Validates FHIR R4 resources with HAPI, offline. Standard input: a line {"id", "text"} per resource, `text` being its
// JSON. Standard output: a line {"id", "issues": [{severity, location, messageId, message}]} for each, in the same
// order. Arguments: files with arrays of StructureDefinitions.
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirDefaultPolicyAdvisor;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;

public final class HapiOracle {
  public static void main(String[] files) throws Exception {
    // What the libraries print must not get into the answers.
    PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err);
    ObjectMapper mapper = new ObjectMapper();
    FhirValidator validator = createValidator(files, mapper);
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      JsonNode question = mapper.readTree(line);
      ObjectNode answer = mapper.createObjectNode().put("id", question.get("id").asText());
      ArrayNode issues = answer.putArray("issues");
      try {
        for (SingleValidationMessage message :
            validator.validateWithResult(question.get("text").asText()).getMessages()) {
          issues.addObject()
              .put("severity", message.getSeverity().getCode())
              .put("location", message.getLocationString())
              .put("messageId", message.getMessageId())
              .put("message", message.getMessage());
        }
      } catch (Exception | Error failure) {
        issues.addObject().put("severity", "fatal").put("messageId", "EXCEPTION").put("message", failure.toString());
      }
      answers.println(mapper.writeValueAsString(answer));
      answers.flush();
    }
  }

  private static FhirValidator createValidator(String[] files, ObjectMapper mapper) throws Exception {
    FhirContext context = FhirContext.forR4();
    PrePopulatedValidationSupport structures = new PrePopulatedValidationSupport(context);
    for (String file : files) {
      for (JsonNode structure : mapper.readTree(Path.of(file).toFile())) {
        structures.addResource(context.newJsonParser().parseResource(structure.toString()));
      }
    }
    UnknownCodeSystemWarningValidationSupport unknownSystems = new UnknownCodeSystemWarningValidationSupport(context);
    unknownSystems.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
    FhirInstanceValidator instances = new FhirInstanceValidator(new ValidationSupportChain(
        structures,
        new DefaultProfileValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context),
        new InMemoryTerminologyServerValidationSupport(context),
        new SnapshotGeneratingValidationSupport(context),
        unknownSystems));
    instances.setAnyExtensionsAllowed(true);
    instances.setErrorForUnknownProfiles(false);
    // What references lead to is not at hand: of it only the type is known, where the url tells it.
    instances.setAssumeValidRestReferences(true);
    instances.setValidatorResourceFetcher(nothingElsewhere());
    instances.setValidatorPolicyAdvisor(new FhirDefaultPolicyAdvisor() {
      @Override
      public ReferenceValidationPolicy policyForReference(
          IResourceValidator validator, Object context, String path, String url) {
        return ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS;
      }
    });
    return context.newValidator().registerValidatorModule(instances);
  }

  /** A fetcher that finds nothing. */
  private static IValidatorResourceFetcher nothingElsewhere() {
    return (IValidatorResourceFetcher) Proxy.newProxyInstance(
        HapiOracle.class.getClassLoader(),
        new Class<?>[] {IValidatorResourceFetcher.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("resolveURL")) return true;
          if (method.getReturnType() == boolean.class) return false;
          return Set.class.isAssignableFrom(method.getReturnType()) ? Set.of() : null;
        });
  }
}
